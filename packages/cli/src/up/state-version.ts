/** Format of what the worker keeps; a change that an older version could not read raises it. */
export const stateVersion = 2;
