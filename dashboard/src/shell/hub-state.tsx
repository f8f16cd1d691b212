import { useModels } from "../models/models.ts";

/** Whether what is shown is live, and the version of the hub that shows it. */
export function HubState() {
  const { connection } = useModels();
  const version = connection.version.value;
  const word = connection.isLive.value ? "Live" : connection.isStale.value ? "Stale" : "Connecting";
  return (
    <p class="hub-state" data-state={word.toLowerCase()} title={version === null ? word : `${word}; hub ${version}`}>
      <span class="hub-state-dot" aria-hidden="true" />
      <span role="status">{word}</span>
      {version !== null && <span class="hub-state-version">v{version}</span>}
    </p>
  );
}
