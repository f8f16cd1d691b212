// The few globals that Node, workerd and browsers all have. shared/ is checked against these alone, so that nothing of
// one platform slips into what every platform runs.
declare class TextEncoder {
  encode(input?: string): Uint8Array<ArrayBuffer>;
}
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(input?: Uint8Array | ArrayBuffer): string;
}
declare class URL {
  constructor(url: string, base?: string | URL);
  protocol: string;
  host: string;
  hostname: string;
  port: string;
  pathname: string;
  search: string;
  href: string;
  readonly origin: string;
}
declare const crypto: {
  getRandomValues<T extends Uint8Array>(array: T): T;
};
declare function btoa(binary: string): string;
declare function atob(base64: string): string;
declare class AbortSignal {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}
type Timer = { readonly timer: unique symbol };
declare function setTimeout(callback: () => void, ms: number): Timer;
declare function clearTimeout(timer: Timer): void;
declare function setInterval(callback: () => void, ms: number): Timer;
declare function clearInterval(timer: Timer): void;
