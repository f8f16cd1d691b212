/**
 * Q8: a session change leaves the client on its socket, and a socket cannot leave the object that accepted it. So the
 * old mailbox, its home, passes texts on: what the client says to the mailbox of its new id, and back.
 */
import type { MailboxRpc } from "../rpc.ts";
import type { Port } from "./connection.ts";

/** A socket in another mailbox. Calls on one stub arrive in order. */
export class RelayPort implements Port {
  readonly #home: DurableObjectStub<MailboxRpc>;
  readonly #instanceId: string;
  readonly #epoch: number;
  #isOpen = true;
  #last: Promise<unknown> = Promise.resolve();

  constructor(home: DurableObjectStub<MailboxRpc>, instanceId: string, epoch: number) {
    this.#home = home;
    this.#instanceId = instanceId;
    this.#epoch = epoch;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Its home answers pings and notices silence. */
  get pingedAt(): null {
    return null;
  }

  send(text: string): void {
    this.#call(this.#home.relayOut(this.#instanceId, this.#epoch, text));
  }

  close(code: number, reason: string): void {
    this.#isOpen = false;
    this.#call(this.#home.relayClose(this.#instanceId, this.#epoch, code, reason));
  }

  /** Settles when all that was sent has reached the home. */
  async sent(): Promise<void> {
    await this.#last;
  }

  #call(answer: Promise<boolean>): void {
    this.#last = answer.then(
      (isHeld) => {
        if (!isHeld) this.#isOpen = false;
      },
      () => {
        this.#isOpen = false;
      },
    );
  }
}
