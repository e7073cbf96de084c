/** What the process that starts the platform leaves to the one that stays. */
export interface Note {
  /** The administrator's. */
  token: string;
  /** The page that a browser was to open; null where none was. */
  openPage: string | null;
}
