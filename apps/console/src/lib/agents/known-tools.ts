import BookOpenText from "@lucide/svelte/icons/book-open-text";
import Calculator from "@lucide/svelte/icons/calculator";
import Clock from "@lucide/svelte/icons/clock";
import FileSearch from "@lucide/svelte/icons/file-search";
import Wrench from "@lucide/svelte/icons/wrench";
import type { Agent } from "@orrery/protocol";

interface KnownTool {
  name: string;
  title: string;
  description: string;
  icon: typeof Wrench;
}

/** The tools that every installation has, in the words of people. Others are known by name alone. */
export const knownTools: readonly KnownTool[] = [
  {
    name: "read_document",
    title: "Read documents",
    description: "Reads what you give it: PDF, Markdown, HTML, CSV, JSON and text.",
    icon: BookOpenText,
  },
  {
    name: "search_documents",
    title: "Search documents",
    description: "Finds passages in its documents on a topic.",
    icon: FileSearch,
  },
  {
    name: "current_time",
    title: "Tell the time",
    description: "Knows the current date and time in any time zone.",
    icon: Clock,
  },
  {
    name: "calculate",
    title: "Calculate",
    description: "Does exact arithmetic.",
    icon: Calculator,
  },
];

/** Whether an agent has a tool by which it can look into documents. */
export const readsDocuments = ({ tools }: Pick<Agent, "tools">): boolean =>
  tools.includes("read_document") || tools.includes("search_documents");

export const iconOf = (name: string): typeof Wrench =>
  knownTools.find((tool) => tool.name === name)?.icon ?? Wrench;
