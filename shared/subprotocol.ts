/** Apart from the schemas: a browser wants these, and not all of zod with them. */

/** C3, C5: the subprotocol a v2 client asks for and the hub answers. */
export const SUBPROTOCOL = "cc2cc.v2";
/** C3: the subprotocol that carries a key: `bearer.<base64url(key)>`. */
export const BEARER_PREFIX = "bearer.";
