/** The console is one static page: everything it shows comes from the API, with the visitor's token. */
export const ssr = false;
export const prerender = false;
