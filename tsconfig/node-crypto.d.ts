/** What the worker uses of workerd's `node:crypto`; @types/node and the Workers types cannot live in one program. */
declare module "node:crypto" {
  interface Hash {
    update(data: string | Uint8Array): Hash;
    digest(): Uint8Array;
  }
  export function createHash(algorithm: "sha1"): Hash;
}
