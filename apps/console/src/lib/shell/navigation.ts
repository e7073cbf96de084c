import Activity from "@lucide/svelte/icons/activity";
import Bot from "@lucide/svelte/icons/bot";
import Boxes from "@lucide/svelte/icons/boxes";
import Cable from "@lucide/svelte/icons/cable";
import ChartColumn from "@lucide/svelte/icons/chart-column";
import FlaskConical from "@lucide/svelte/icons/flask-conical";
import Kanban from "@lucide/svelte/icons/kanban";
import KeyRound from "@lucide/svelte/icons/key-round";
import Settings2 from "@lucide/svelte/icons/settings-2";

/** The console's places, in the order they are shown everywhere. */
export const places = [
  { href: "/agents", label: "Agents", icon: Bot },
  { href: "/executions", label: "Executions", icon: Activity },
  { href: "/models", label: "Models", icon: Boxes },
  { href: "/playground", label: "Playground", icon: FlaskConical },
  { href: "/usage", label: "Usage", icon: ChartColumn },
  { href: "/bridges", label: "Bridges", icon: Cable },
  { href: "/fuse", label: "Fuse", icon: Kanban },
  { href: "/keys", label: "Keys", icon: KeyRound },
  { href: "/settings", label: "Settings", icon: Settings2 },
] as const;
