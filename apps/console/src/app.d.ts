declare global {
  namespace App {
    interface Error {
      /** Whether the page's own code could not be loaded: the line is broken, or a newer version took its place. */
      unloaded?: boolean;
    }
  }
}

export {};
