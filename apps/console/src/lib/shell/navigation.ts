import Activity from "@lucide/svelte/icons/activity";
import Bot from "@lucide/svelte/icons/bot";
import Boxes from "@lucide/svelte/icons/boxes";
import ChartColumn from "@lucide/svelte/icons/chart-column";
import FlaskConical from "@lucide/svelte/icons/flask-conical";
import KeyRound from "@lucide/svelte/icons/key-round";

/** The console's places, in the order they are shown everywhere. */
export const places = [
  { href: "/agents", label: "Agents", icon: Bot },
  { href: "/executions", label: "Executions", icon: Activity },
  { href: "/models", label: "Models", icon: Boxes },
  { href: "/playground", label: "Playground", icon: FlaskConical },
  { href: "/usage", label: "Usage", icon: ChartColumn },
  { href: "/settings", label: "Access", icon: KeyRound },
] as const;
