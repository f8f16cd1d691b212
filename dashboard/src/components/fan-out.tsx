import { useModel, useSignal } from "@preact/signals";
import { ChevronDown, ChevronRight, MessagesSquare } from "lucide";
import { useEffect } from "preact/hooks";
import type { Recipient } from "../../../shared/history.ts";
import { threadHref } from "../links.ts";
import { type FanOut as FanOutData, FanOutModel } from "../models/fan-out.ts";
import {
  describeProgress,
  isDone,
  type Progress,
  progressOf,
  progressOfPage,
  wantsAnswer,
} from "../models/fan-out-words.ts";
import { firstLine } from "../models/first-line.ts";
import type { StoredMessage } from "../models/message-store.ts";
import { useModels } from "../models/models.ts";
import { StateBadge } from "./badge.tsx";
import { Button } from "./button.tsx";
import { ClockTime } from "./clock-time.tsx";
import { DeliveryState } from "./delivery-state.tsx";
import { Icon } from "./icon.tsx";
import { InstanceName } from "./instance-name.tsx";
import { ListState } from "./list-state.tsx";
import { MessageBody } from "./message-body.tsx";
import { useRefusal } from "./use-refusal.ts";
import "./fan-out.css";

/** Whoever scrolls past asks the hub for nothing. */
const SETTLED_MS = 150;
/** More than a line of a wide card. */
const EXCERPT_MAX_LENGTH = 200;

/** What was opened; a virtual list takes the elements away and makes them anew. */
const opened = new Set<string>();

export interface FanOutProps {
  message: StoredMessage;
  /** Those of a role message that the page has. */
  copies: readonly StoredMessage[];
  openInstance?: ((instanceId: string) => void) | undefined;
}

/** How far a message for several got, in one line; a press shows with whom, and what they answered. */
export function FanOut(props: FanOutProps) {
  const { messageId } = props.message;
  const isOpen = useSignal(opened.has(messageId));
  const isSettled = useSignal(isOpen.value);
  useEffect(() => {
    const timer = setTimeout(() => {
      isSettled.value = true;
    }, SETTLED_MS);
    return () => clearTimeout(timer);
  }, []);
  const toggle = () => {
    isOpen.value = !isOpen.value;
    isSettled.value = true;
    if (isOpen.value) opened.add(messageId);
    else opened.delete(messageId);
  };
  const known = progressOf(props.message, props.copies);
  const part = { ...props, known, isOpen: isOpen.value, onToggle: toggle };
  return isSettled.value ? <LiveFanOut key={messageId} {...part} /> : <Line {...part} progress={known} />;
}

interface LineProps extends FanOutProps {
  isOpen: boolean;
  onToggle(): void;
}

function LiveFanOut(props: LineProps & { known: Progress | undefined }) {
  const { hub, messages } = useModels();
  const { message, isOpen } = props;
  const model = useModel(() => new FanOutModel(hub, messages, message.messageId));
  const page = model.page.value;
  return (
    <>
      <Line {...props} progress={page === null ? props.known : progressOfPage(page)} />
      {isOpen && (
        <ListState
          loading={model.loading.value}
          isEmpty={page === null || page.items.length === 0}
          empty={<p class="quiet">Nobody has answered, and who got it is not kept.</p>}
          onRetry={model.refresh}
        >
          <Recipients model={model} message={message} openInstance={props.openInstance} />
        </ListState>
      )}
    </>
  );
}

function Line({ progress, message, isOpen, onToggle }: LineProps & { progress: Progress | undefined }) {
  const text = progress === undefined ? "" : describeProgress(progress, message.type);
  if (progress === undefined || text === "") return null;
  return (
    <button type="button" class="fan-out-toggle" aria-expanded={isOpen} onClick={onToggle}>
      <Icon of={isOpen ? ChevronDown : ChevronRight} size={14} />
      <Bar progress={progress} isDoneWhenTaken={!wantsAnswer(message.type)} />
      <span>{text}</span>
    </button>
  );
}

/** The same as its words, for the eye. */
function Bar({ progress, isDoneWhenTaken }: { progress: Progress; isDoneWhenTaken: boolean }) {
  const { total = 0, answered, reached } = progress;
  if (total === 0 || reached === undefined) return null;
  const done = isDoneWhenTaken ? Math.max(answered, reached.acked) : answered;
  const percent = (count: number) => `${Math.min(100, (100 * count) / total)}%`;
  const style = {
    "--done": percent(done),
    "--taken": percent(Math.max(done, reached.acked)),
    "--ended": percent(reached.ended),
  };
  return <span class="fan-out-bar" aria-hidden="true" style={style} />;
}

type PartProps = { model: FanOutData; message: StoredMessage; openInstance: FanOutProps["openInstance"] };

function Recipients(props: PartProps) {
  const { model, message } = props;
  const items = model.page.value?.items ?? [];
  const wants = wantsAnswer(message.type);
  const missing = items.filter((item) => !isDone(item, message.type));
  const done = items.filter((item) => isDone(item, message.type));
  return (
    <div class="fan-out-list">
      <Group {...props} title={wants ? "No answer yet" : "Not taken yet"} items={missing} />
      <Group {...props} title={wants ? "Answered" : "Taken"} items={done} />
      {model.hasMore.value && (
        <Button size="small" onClick={() => void model.loadMore()}>
          Show more
        </Button>
      )}
    </div>
  );
}

function Group({ title, items, ...props }: PartProps & { title: string; items: readonly Recipient[] }) {
  if (items.length === 0) return null;
  return (
    <section>
      <h3>
        {title} <span class="quiet">({items.length})</span>
      </h3>
      <ul>
        {items.map((item) => (
          <RecipientRow key={item.messageId} {...props} item={item} />
        ))}
      </ul>
    </section>
  );
}

function RecipientRow({ model, item, openInstance }: PartProps & { item: Recipient }) {
  const { messages } = useModels();
  const { instanceId, messageId, state, at, answeredAt, answerId } = item;
  const copy = messages.get(messageId)?.value;
  return (
    <li>
      <div class="fan-out-row">
        <InstanceName id={instanceId} {...(openInstance && { onOpen: openInstance })} />
        {copy === undefined ? state !== undefined && <StateBadge state={state} /> : <DeliveryState message={copy} />}
        {at !== undefined && <ClockTime at={answeredAt ?? at} class="message-time" />}
        <a class="fan-out-thread" href={threadHref(answerId ?? messageId)} aria-label={`Thread with ${instanceId}`}>
          <Icon of={MessagesSquare} size={14} />
        </a>
      </div>
      {answerId !== undefined && <Answer key={answerId} model={model} answerId={answerId} from={instanceId} />}
    </li>
  );
}

/** Its first line as far as the page has it; a press brings all of it. */
function Answer({ model, answerId, from }: { model: FanOutData; answerId: string; from: string }) {
  const { messages } = useModels();
  const { refusal, act } = useRefusal();
  const isOpen = useSignal(opened.has(answerId));
  const answer = messages.get(answerId)?.value;
  const toggle = () => {
    isOpen.value = !isOpen.value;
    if (isOpen.value) opened.add(answerId);
    else opened.delete(answerId);
  };
  useEffect(() => {
    if (isOpen.value) void act(model.readAnswer(answerId));
  }, [isOpen.value]);
  return (
    <div class="fan-out-answer">
      <button type="button" class="fan-out-toggle" aria-expanded={isOpen.value} onClick={toggle}>
        <Icon of={isOpen.value ? ChevronDown : ChevronRight} size={14} />
        <span class="ellipsis">
          Answer<span class="visually-hidden"> of {from}</span>
          {answer !== undefined && !isOpen.value && `: ${firstLine(answer.content, EXCERPT_MAX_LENGTH)}`}
        </span>
      </button>
      {isOpen.value && answer !== undefined && <MessageBody content={answer.content} messageId={answerId} isWhole />}
      {refusal.value !== undefined && (
        <p class="field-error" role="alert">
          {refusal.value}
        </p>
      )}
    </div>
  );
}
