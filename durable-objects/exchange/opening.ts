/** Opens the exchange once in a life of the object: what 0.1 left is converted before anybody is answered. */
import { directoryOf, type Env, journalOf, legacyMailboxOf, legacyTopicOf, readSettings } from "../env.ts";
import { errorText, log } from "../log.ts";
import { convertLegacy } from "./convert.ts";
import { Engine } from "./engine.ts";
import { openStore } from "./store/store.ts";

/** Whether the data of 0.1, if there was any, has been converted. */
const CONVERTED_KEY = "converted";

export class Opening {
  readonly #ctx: DurableObjectState;
  readonly #env: Env;
  #engine: Engine | undefined;
  #converting: Promise<Engine> | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    this.#ctx = ctx;
    this.#env = env;
    if (ctx.storage.kv.get<boolean>(CONVERTED_KEY) === true) this.#engine = this.#start();
  }

  /** Rejects where the conversion failed; whoever asks next tries again. */
  engine(): Promise<Engine> {
    if (this.#engine !== undefined) return Promise.resolve(this.#engine);
    this.#converting ??= this.#convert().finally(() => {
      this.#converting = undefined;
    });
    return this.#converting;
  }

  #start(): Engine {
    return new Engine(this.#ctx, this.#env, readSettings(this.#env));
  }

  async #convert(): Promise<Engine> {
    const { storage } = this.#ctx;
    openStore(storage);
    try {
      await convertLegacy(storage, {
        directory: directoryOf(this.#env),
        mailbox: (instanceId) => legacyMailboxOf(this.#env, instanceId),
        topic: (name) => legacyTopicOf(this.#env, name),
        journal: journalOf(this.#env),
      });
    } catch (error) {
      log("error", "the data of cc2cc 0.1 cannot be converted, will try again", { error: errorText(error) });
      throw error;
    }
    storage.kv.put(CONVERTED_KEY, true);
    this.#engine = this.#start();
    return this.#engine;
  }
}
