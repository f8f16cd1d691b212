/** Everything that is made of the stream. */
import { CountStore } from "./count-store.ts";
import { HistoryStore } from "./history-store.ts";
import { Names } from "./names.ts";
import { PresenceStore } from "./presence-store.ts";
import { RecentWholes } from "./recent-wholes.ts";
import { SeriesStore } from "./series-store.ts";
import { ThreadStore } from "./thread-store.ts";

export interface Stores {
  names: Names;
  history: HistoryStore;
  counts: CountStore;
  threads: ThreadStore;
  series: SeriesStore;
  presence: PresenceStore;
  wholes: RecentWholes;
}

/** Over storage whose schema is of today. */
export function openStores(storage: DurableObjectStorage): Stores {
  const names = new Names(storage);
  const threads = new ThreadStore(storage);
  const history = new HistoryStore(storage, names, threads);
  return {
    names,
    history,
    counts: new CountStore(storage),
    threads,
    series: new SeriesStore(storage),
    presence: new PresenceStore(storage),
    wholes: new RecentWholes(history.recentWholes()),
  };
}
