import type { EdgeLocation } from "@orrery/protocol";

/** Cloudflare's location hints in words. One machine has only one place; the choice counts once deployed. */
export const locations: readonly { value: EdgeLocation; label: string }[] = [
  { value: "auto", label: "Near its creator" },
  { value: "weur", label: "Western Europe" },
  { value: "eeur", label: "Eastern Europe" },
  { value: "enam", label: "Eastern North America" },
  { value: "wnam", label: "Western North America" },
  { value: "sam", label: "South America" },
  { value: "apac", label: "Asia-Pacific" },
  { value: "oc", label: "Oceania" },
  { value: "afr", label: "Africa" },
  { value: "me", label: "Middle East" },
];
