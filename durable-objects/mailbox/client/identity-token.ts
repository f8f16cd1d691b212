const TOKEN_BYTES = 32;

/** Returns a new secret for a client that brought none (C8): 256 random bits as base64url. */
export function newIdentityToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
