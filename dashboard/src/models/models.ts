/** All models that live as long as the page, made once, and what connects them. */
import { effect, type Signal, signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { AddressBar } from "../adapter/address-bar.ts";
import type { Hub } from "../adapter/hub.ts";
import type { Surroundings } from "../adapter/surroundings.ts";
import type { Command } from "../components/command-palette.tsx";
import { createUrlState, type UrlState } from "../url-state.ts";
import type { Counts } from "./attention.ts";
import { type Composer, ComposerModel, type DraftStorage } from "./composer.ts";
import { type Connection, ConnectionModel } from "./connection.ts";
import { type Feed, FeedModel } from "./feed.ts";
import { type Instances, InstancesModel } from "./instances.ts";
import { type MessageStore, MessageStoreModel } from "./message-store.ts";
import { type OpenDecisions, OpenDecisionsModel } from "./open-decisions.ts";
import { type Outbox, OutboxModel } from "./outbox.ts";
import { type Session, SessionModel } from "./session.ts";
import { type Topics, TopicsModel } from "./topics.ts";

/** What models get of the browser, so that tests can give them another one. */
export interface Environment {
  hub: Hub;
  addressBar: AddressBar;
  surroundings: Surroundings;
  draftStorage: DraftStorage;
}

export interface Models {
  hub: Hub;
  surroundings: Surroundings;
  url: UrlState;
  session: Session;
  connection: Connection;
  instances: Instances;
  topics: Topics;
  decisions: OpenDecisions;
  messages: MessageStore;
  outbox: Outbox;
  feed: Feed;
  composer: Composer;
  /** What the palette offers besides, of parts of the page that come after its first load. */
  moreCommands: Signal<() => Command[]>;
  /** What wants a person, by the page where it is dealt with; of such a part, too. */
  attention: Signal<Counts>;
  /** Who is in an exchange that the hub has stopped; known once the part of the page is there that asks. */
  stoppedInstances: Signal<ReadonlySet<string>>;
}

/** Several events at once, or pages that become stale together, cost one reading. */
const RELOAD_PAUSE_MS = 300;

export function createModels({ hub, addressBar, surroundings, draftStorage }: Environment): Models {
  const session = new SessionModel(hub);
  const connection = new ConnectionModel(hub, session, surroundings);
  const instances = new InstancesModel(hub);
  const topics = new TopicsModel(hub);
  const messages = new MessageStoreModel();
  // Before those that look the messages of an event up.
  hub.stream.onEvents((events) => messages.apply(events));
  const url = createUrlState(addressBar);
  const decisions = new OpenDecisionsModel(hub);
  const outbox = new OutboxModel(hub, messages);
  const feed = new FeedModel(hub, url, messages, outbox, surroundings);
  const composer = new ComposerModel({ url, session, instances, topics, messages, outbox, drafts: draftStorage });
  const moreCommands = signal((): Command[] => []);
  const attention = signal<Counts>({});
  const stoppedInstances = signal<ReadonlySet<string>>(new Set());
  const models = {
    hub,
    surroundings,
    url,
    session,
    connection,
    instances,
    topics,
    decisions,
    messages,
    outbox,
    feed,
    composer,
    moreCommands,
    attention,
    stoppedInstances,
  };

  let isReloadPlanned = false;
  const load = () => void Promise.all([instances.load(), topics.load(), decisions.load()]).catch(() => reloadSoon());
  const reloadSoon = () => {
    if (isReloadPlanned) return;
    isReloadPlanned = true;
    setTimeout(() => {
      isReloadPlanned = false;
      if (connection.isLive.peek()) load();
    }, RELOAD_PAUSE_MS);
  };
  hub.stream.onGap(load);
  hub.stream.onEvents((events) => {
    instances.apply(events);
    topics.apply(events);
    // Events say who came, not all that it brings along.
    if (events.some(({ event }) => event === "instance:session_updated" || event === "topic:created")) reloadSoon();
  });
  effect(() => {
    if (session.state.value.kind !== "signed-out") return;
    instances.clear();
    topics.clear();
    decisions.clear();
    messages.clear();
    feed.clear();
  });
  return models;
}

const ModelsContext = createContext<Models | null>(null);

export const ModelsProvider = ModelsContext.Provider;

export function useModels(): Models {
  const models = useContext(ModelsContext);
  if (models === null) throw new Error("useModels wants a ModelsProvider above it");
  return models;
}
