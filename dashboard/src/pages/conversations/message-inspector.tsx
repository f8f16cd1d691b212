import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { MessageRecord } from "../../../../shared/history.ts";
import { path } from "../../adapter/rest.ts";
import { STATE_MEANINGS, StateBadge, TypeBadge } from "../../components/badge.tsx";
import { CopyButton } from "../../components/copy-button.tsx";
import { describeStep } from "../../components/delivery-state.tsx";
import { Drawer } from "../../components/drawer.tsx";
import { Recipients } from "../../components/recipients.tsx";
import { formatMoment, RelativeTime } from "../../components/relative-time.tsx";
import { useModels } from "../../models/models.ts";
import { wordsOf } from "../../models/refresher.ts";
import "../../components/fields.css";
import { threadHref, topicHref } from "../../links.ts";
import { DeleteMessage } from "./delete-message.tsx";

/** Every field of one message, and its way. */
export function MessageInspector({ messageId }: { messageId: string }) {
  const { hub, url, messages, session } = useModels();
  const error = useSignal<string | undefined>(undefined);
  const isRead = useSignal(false);
  useEffect(() => {
    // The store may know it from an event, without all that history has.
    hub.rest.get<MessageRecord>(path`/api/messages/${messageId}`).then(
      (record) => {
        messages.put(record);
        isRead.value = true;
      },
      (problem) => {
        error.value = wordsOf(problem);
      },
    );
  }, [hub, messageId]);
  const record = isRead.value || error.value !== undefined ? messages.get(messageId)?.value : undefined;
  const close = () => url.set({ message: null }, "push");
  return (
    <Drawer title="Message" onClose={close}>
      {record !== undefined && <Fields message={record} />}
      {record !== undefined && session.isAdmin.value && <DeleteMessage message={record} onDeleted={close} />}
      {record === undefined && <p class="quiet">{error.value ?? "Reading …"}</p>}
    </Drawer>
  );
}

function Fields({ message }: { message: MessageRecord }) {
  const { messageId, from, fromRole, to, type, role, topicName, replyToMessageId, timestamp, expiresAt, answeredAt } =
    message;
  return (
    <>
      <dl class="fields">
        <Field name="Type">
          <TypeBadge type={type} />
        </Field>
        <Field name="Id" copy={messageId}>
          <code>{messageId}</code>
        </Field>
        <Field name="From" copy={from}>
          <code>{from}</code>
        </Field>
        {fromRole !== undefined && <Field name="Its role">{fromRole}</Field>}
        <Field name="To" copy={to}>
          <code>{to}</code>
        </Field>
        {role !== undefined && <Field name="Sent to role">{role}</Field>}
        {topicName !== undefined && (
          <Field name="Topic">
            <a href={topicHref(topicName)}>{topicName}</a>
          </Field>
        )}
        {replyToMessageId !== undefined && (
          <Field name="Answers" copy={replyToMessageId}>
            <a href={threadHref(replyToMessageId)}>
              <code>{replyToMessageId}</code>
            </a>
          </Field>
        )}
        <Field name="Sent">
          {formatMoment(timestamp)} (<RelativeTime at={timestamp} />)
        </Field>
        {expiresAt !== undefined && <Field name="Expires">{formatMoment(expiresAt)}</Field>}
        {answeredAt !== undefined && (
          <Field name="Answered">
            {formatMoment(answeredAt)} ({describeStep(timestamp, answeredAt)})
          </Field>
        )}
        <Field name="Length">
          {message.content.length.toLocaleString("en")} characters{" "}
          <CopyButton size="small" what="text" text={message.content} />
        </Field>
      </dl>
      <Way message={message} />
      {message.metadata !== undefined && <Metadata metadata={message.metadata} />}
    </>
  );
}

function Field(props: { name: string; copy?: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>
        {props.children}
        {props.copy !== undefined && <CopyButton size="small" what={props.name.toLowerCase()} text={props.copy} />}
      </dd>
    </div>
  );
}

function Way({ message }: { message: MessageRecord }) {
  const { history, recipients } = message;
  return (
    <section aria-label="How far it got">
      <h3>How far it got</h3>
      <ol class="way">
        {history.map(({ state, at }, index) => (
          <li key={`${state}${at}`}>
            <StateBadge state={state} />
            <time dateTime={at}>{formatMoment(at)}</time>
            <span class="way-step">{describeStep(history[index - 1]?.at, at)}</span>
            <span class="way-meaning quiet">{STATE_MEANINGS[state]}</span>
          </li>
        ))}
      </ol>
      {recipients !== undefined && (
        <div class="quiet">
          <Recipients message={message} />
        </div>
      )}
    </section>
  );
}

function Metadata({ metadata }: { metadata: Exclude<MessageRecord["metadata"], undefined> }) {
  return (
    <section aria-label="Metadata">
      <h3>Metadata</h3>
      <dl class="fields">
        {Object.entries(metadata).map(([name, value]) => (
          <Field key={name} name={name}>
            <code>{JSON.stringify(value)}</code>
          </Field>
        ))}
      </dl>
    </section>
  );
}
