import type { HandleClientError } from "@sveltejs/kit/hooks";
import { isFailedImport } from "#lib/platform/failed-import.ts";

/** Tells a page whose code could not be loaded from one that failed. */
export const handleError: HandleClientError = ({ error }) => ({ unloaded: isFailedImport(error) });
