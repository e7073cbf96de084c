import Activity from "@lucide/svelte/icons/activity";
import Bot from "@lucide/svelte/icons/bot";
import Boxes from "@lucide/svelte/icons/boxes";
import Cable from "@lucide/svelte/icons/cable";
import ChartColumn from "@lucide/svelte/icons/chart-column";
import Flag from "@lucide/svelte/icons/flag";
import FlaskConical from "@lucide/svelte/icons/flask-conical";
import Kanban from "@lucide/svelte/icons/kanban";
import KeyRound from "@lucide/svelte/icons/key-round";
import Plus from "@lucide/svelte/icons/plus";
import Settings2 from "@lucide/svelte/icons/settings-2";
import ShieldCheck from "@lucide/svelte/icons/shield-check";
import type { Scope } from "@orrery/protocol";

/** Somewhere to go. */
export interface Place {
  href: string;
  label: string;
  icon: typeof Bot;
  /** Words by which it is found besides its label. */
  keywords: string;
  /** What going there takes, where that is more than reading. */
  scope?: Scope;
}

/** The console's places, in the order they are shown everywhere. */
export const places: readonly Place[] = [
  { href: "/agents", label: "Agents", icon: Bot, keywords: "assistants bots chat conversations home" },
  { href: "/executions", label: "Executions", icon: Activity, keywords: "runs turns history log traces" },
  {
    href: "/models",
    label: "Models",
    icon: Boxes,
    keywords: "catalog providers prices latency openai ollama",
  },
  { href: "/playground", label: "Playground", icon: FlaskConical, keywords: "compare try prompt test" },
  {
    href: "/usage",
    label: "Usage",
    icon: ChartColumn,
    keywords: "cost spend money tokens budgets csv billing",
  },
  { href: "/bridges", label: "Bridges", icon: Cable, keywords: "redis channels dead letters messages" },
  {
    href: "/fuse",
    label: "Fuse",
    icon: Kanban,
    keywords: "the new fuse migration board legacy shadow canary",
  },
  { href: "/keys", label: "Keys", icon: KeyRound, keywords: "signing encryption jwks secrets peers" },
  { href: "/settings", label: "Settings", icon: Settings2, keywords: "access tokens account sign in scopes" },
];

/** What is only found by searching for it. */
export const shortcuts: readonly Place[] = [
  { href: "/agents/new", label: "New agent", icon: Plus, keywords: "create add make", scope: "agents:write" },
  { href: "/bridges/new", label: "New bridge", icon: Plus, keywords: "create add redis", scope: "admin" },
  {
    href: "/usage?new=budget",
    label: "New budget",
    icon: Plus,
    keywords: "create limit spend",
    scope: "admin",
  },
  {
    href: "/keys?new=key",
    label: "New key",
    icon: Plus,
    keywords: "create signing encryption",
    scope: "admin",
  },
  {
    href: "/settings?new=token",
    label: "New token",
    icon: Plus,
    keywords: "create api key access",
    scope: "admin",
  },
  {
    href: "/fuse/new",
    label: "Register agent",
    icon: Plus,
    keywords: "new fuse add import",
    scope: "agents:write",
  },
  {
    href: "/settings/flags",
    label: "Feature flags",
    icon: Flag,
    keywords: "switches experiments",
    scope: "admin",
  },
  {
    href: "/models/policy",
    label: "Workspace policy",
    icon: ShieldCheck,
    keywords: "allowed models regions filter rate limits cache",
  },
];
