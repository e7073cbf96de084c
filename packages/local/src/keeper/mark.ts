/** Set in a starter's environment. */
export const keeperMark = "LOCAL_RUNTIME_KEEPER";
