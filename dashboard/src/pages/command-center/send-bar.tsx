import { Reply, SendHorizontal, X } from "lucide";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Button, IconButton } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import { InstanceName } from "../../components/instance-name.tsx";
import { MESSAGE_TYPES } from "../../models/message-types.ts";
import { useModels } from "../../models/models.ts";
import { TargetPicker } from "./target-picker.tsx";
import "./send-bar.css";
import { isComposing } from "../../components/is-composing.ts";

const TEXT_MAX_ROWS_PX = 240;

/** Where a person writes: Enter sends, Shift+Enter begins a new line. */
export function SendBar() {
  const { composer, session } = useModels();
  const observerReason = session.sendRefusal.value;
  if (observerReason !== null) {
    return (
      <p class="send-bar send-bar-closed" role="note">
        {observerReason}
      </p>
    );
  }
  const target = composer.target.value;
  const isTopic = target.startsWith("topic:");
  return (
    <form
      class="send-bar"
      aria-label="Send a message"
      onSubmit={(event) => {
        event.preventDefault();
        composer.send();
      }}
    >
      <ReplyChip />
      <div class="send-bar-options">
        <TargetPicker />
        <select
          class="input send-type"
          aria-label="Message type"
          value={composer.type.value}
          onChange={(event) => composer.setType(event.currentTarget.value as (typeof MESSAGE_TYPES)[number])}
        >
          {MESSAGE_TYPES.map((type) => (
            <option key={type} value={type}>
              {type}
            </option>
          ))}
        </select>
        {isTopic && (
          <label class="send-persistent" title="Also queued for subscribers who are offline">
            <input
              type="checkbox"
              checked={composer.isPersistent.value}
              onChange={(event) => composer.setPersistent(event.currentTarget.checked)}
            />
            persistent
          </label>
        )}
        <ForecastLine />
      </div>
      <div class="send-bar-text">
        <TextField />
        <SendButton />
      </div>
      <p class="visually-hidden" role="status">
        {composer.announcement.value}
      </p>
    </form>
  );
}

function ReplyChip() {
  const { composer } = useModels();
  if (composer.replyToId.value === null) return null;
  const replyTo = composer.replyTo.value?.value;
  return (
    <p class="send-reply">
      <Icon of={Reply} size={14} />
      <span class="nowrap">Answers</span>
      {replyTo === undefined ? "an earlier message" : <InstanceName id={replyTo.from} />}
      {replyTo !== undefined && (
        <span class="ellipsis quiet">{replyTo.content.slice(0, 160).replace(/\s+/g, " ")}</span>
      )}
      <IconButton size="small" icon={X} label="Do not answer it" onClick={composer.clearReply} />
    </p>
  );
}

function ForecastLine() {
  const { composer, connection } = useModels();
  const forecast = composer.forecast.value;
  const canReach = connection.canReach.value;
  const complaint = composer.complaint.value;
  const isWarning = complaint !== null || !canReach || forecast?.isWarning;
  return (
    <p class="send-forecast" data-warning={isWarning || undefined} role="status">
      {complaint ?? (canReach ? forecast?.text : "Not connected: what you send goes out as soon as the hub is back.")}
    </p>
  );
}

function TextField() {
  const { composer } = useModels();
  const field = useRef<HTMLTextAreaElement>(null);
  const text = composer.text.value;
  const placeholder =
    composer.target.value === ""
      ? "Choose a recipient above, then write"
      : "Write: Enter sends, Shift+Enter begins a line, Markdown works";
  const focusRequest = composer.focusRequests.value;
  useLayoutEffect(() => {
    if (field.current === null) return;
    field.current.style.height = "auto";
    field.current.style.height = `${Math.min(field.current.scrollHeight + 2, TEXT_MAX_ROWS_PX)}px`;
  }, [text]);
  useLayoutEffect(() => {
    if (focusRequest > 0) field.current?.focus();
  }, [focusRequest]);
  return (
    <textarea
      ref={field}
      class="input send-text"
      dir="auto"
      rows={1}
      aria-label="Message"
      placeholder={placeholder}
      value={text}
      onInput={(event) => composer.setText(event.currentTarget.value)}
      onKeyDown={(event) => {
        // The Enter that ends a composition belongs to the input method.
        if (event.key !== "Enter" || event.shiftKey || isComposing(event)) return;
        event.preventDefault();
        composer.send();
      }}
    />
  );
}

function SendButton() {
  const { composer } = useModels();
  const refusal = composer.refusal.value;
  const bytesLeft = composer.bytesLeft.value;
  return (
    <div class="send-end">
      {bytesLeft !== null && (
        <p class={bytesLeft < 0 ? "send-bytes field-error" : "send-bytes"} role="status">
          {bytesLeft < 0
            ? `${(-bytesLeft).toLocaleString("en")} bytes too many`
            : `${bytesLeft.toLocaleString("en")} bytes left`}
        </p>
      )}
      <Button
        type="submit"
        variant="primary"
        icon={SendHorizontal}
        aria-disabled={refusal !== null}
        data-tip={refusal ?? "Send (Enter)"}
      >
        Send
      </Button>
    </div>
  );
}
