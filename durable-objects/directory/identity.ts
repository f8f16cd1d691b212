/** Secrets that hold an identity (C8): made here or brought by the client, stored only as hashes. */

const TOKEN_BYTES = 32;

/** 256 random bits as base64url. */
export function newIdentityToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
