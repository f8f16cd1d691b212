import { useComputed, useSignal } from "@preact/signals";
import { SendHorizontal } from "lucide";
import { useId } from "preact/hooks";
import type { MessageType } from "../../../../shared/message.ts";
import { Button } from "../../components/button.tsx";
import { TypeSelect } from "../../components/type-select.tsx";
import { WriteField } from "../../components/write-field.tsx";
import { forecastOf } from "../../models/forecast.ts";
import { useModels } from "../../models/models.ts";
import type { KnownTopic } from "../../models/topics.ts";

/** Publishes as this tab, so that answers come back to it. */
export function PublishForm({ topic }: { topic: KnownTopic }) {
  const { instances, topics, outbox, session } = useModels();
  const id = useId();
  const text = useSignal("");
  const type = useSignal<MessageType>("task");
  const isPersistent = useSignal(false);
  const outcome = useSignal<{ isBad: boolean; text: string } | undefined>(undefined);
  const isBusy = useSignal(false);
  const to = `topic:${topic.name}`;
  const forecast = useComputed(() => forecastOf(to, { instances, topics, outbox }, isPersistent.value));
  const publish = async () => {
    const content = text.peek().trim();
    if (content === "" || isBusy.peek()) return;
    isBusy.value = true;
    const { messageId, done } = outbox.send({ to, type: type.peek(), content, persistent: isPersistent.peek() });
    const answer = await done;
    isBusy.value = false;
    if (answer.ok) {
      text.value = "";
      outcome.value = { isBad: false, text: tell(answer.reply) };
    } else {
      // The text is still in the field: nothing to try again elsewhere.
      outbox.discard(messageId);
      outcome.value = { isBad: true, text: answer.error };
    }
  };
  return (
    <form
      class="topic-part topic-publish"
      aria-label="Publish"
      onSubmit={(event) => {
        event.preventDefault();
        void publish();
      }}
    >
      <WriteField
        label={`Publish on ${topic.name}`}
        placeholder={session.sendRefusal.value ?? `Publish on #${topic.name}; Enter sends`}
        isDisabled={!session.canSend.value}
        text={text.value}
        onText={(written) => {
          text.value = written;
          outcome.value = undefined;
        }}
        onSend={() => void publish()}
      />
      <div class="topic-publish-row">
        <TypeSelect
          value={type.value}
          onChoose={(chosen) => {
            type.value = chosen;
          }}
        />
        <label class="topic-check" for={`${id}-persistent`} title="Also queued for those who are offline now">
          <input
            id={`${id}-persistent`}
            type="checkbox"
            checked={isPersistent.value}
            onChange={(event) => {
              isPersistent.value = event.currentTarget.checked;
            }}
          />
          Persistent
        </label>
        <p class={outcome.value?.isBad ? "field-error" : "quiet"} role="status">
          {outcome.value?.text ?? forecast.value?.text}
        </p>
        <Button
          type="submit"
          variant="primary"
          icon={SendHorizontal}
          isBusy={isBusy.value}
          disabled={!session.canSend.value || text.value.trim() === ""}
        >
          Publish
        </Button>
      </div>
    </form>
  );
}

function tell({ delivered, queued }: Record<string, unknown>): string {
  const waits = Number(queued) === 0 ? "" : `, queued for ${queued} offline`;
  return `Published to ${delivered} online${waits}.`;
}
