/**
 * Whether an error says that a part of the console could not be loaded. Browsers have no kind of error of its own for
 * that, so their words are looked at: Chromium's, Firefox's and Safari's, and Vite's for a style sheet.
 */
export const isFailedImport = (error: unknown): boolean =>
  error instanceof Error &&
  /dynamically imported module|importing a module script failed|unable to preload css/i.test(error.message);
