import { ArrowRight, Copy, CornerUpLeft, EllipsisVertical, Info, MessagesSquare, Reply, ScanText } from "lucide";
import type { ComponentChildren } from "preact";
import type { MessageRecord } from "../../../shared/history.ts";
import { contextHref } from "../links.ts";
import { firstLine } from "../models/first-line.ts";
import { RoleBadge, TypeBadge } from "./badge.tsx";
import { IconButton } from "./button.tsx";
import { ClockTime } from "./clock-time.tsx";
import { copyText } from "./copy-text.ts";
import { DeliveryState } from "./delivery-state.tsx";
import { Icon } from "./icon.tsx";
import { InstanceName } from "./instance-name.tsx";
import { Menu } from "./menu.tsx";
import { MessageBody } from "./message-body.tsx";
import { isSequenceKey } from "./shortcuts.ts";
import { toast } from "./toasts.tsx";
import "./message-card.css";

/** More than a line of a wide screen. */
const EXCERPT_MAX_LENGTH = 300;

/** What can be done with a message; what is left out is not offered. */
export interface MessageActions {
  reply?(message: MessageRecord): void;
  openThread?(message: MessageRecord): void;
  /** Shows it with what was said round it. */
  showInContext?(message: MessageRecord): void;
  /** Shows every field of it. */
  inspect?(message: MessageRecord): void;
  openInstance?(instanceId: string): void;
  openTopic?(name: string): void;
}

export interface MessageCardProps {
  message: MessageRecord;
  actions?: MessageActions;
  /** What it answers, where that is known; otherwise only that it answers something. */
  repliedTo?: MessageRecord | undefined;
  /** Sent from this page. */
  isOwn?: boolean;
  isHighlighted?: boolean;
  /** Shows the text whole, however long. */
  isWhole?: boolean;
  /** In the place of the delivery state, for what the hub does not have yet. */
  status?: ComponentChildren;
  /** Below the text, such as why sending failed. */
  footer?: ComponentChildren;
}

/** A message in full. With the focus on it, `r` replies, `t` opens its thread, `x` shows what was said round it, `i` shows all fields and `c` copies its text. */
export function MessageCard(props: MessageCardProps) {
  const { message, actions = {} } = props;
  return (
    <article
      class="message-card"
      data-type={message.type}
      data-own={props.isOwn || undefined}
      data-highlighted={props.isHighlighted || undefined}
      aria-label={`${message.type} from ${message.from} to ${message.to}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: its keys work where the focus is
      tabIndex={0}
      onKeyDown={(event) => actOnKey(event, message, actions)}
    >
      <header class="message-header">
        <TypeBadge type={message.type} />
        <MessageRoute message={message} actions={actions} />
        <ClockTime at={message.timestamp} class="message-time" />
        {props.status ?? <DeliveryState message={message} />}
        <MessageTools message={message} actions={actions} />
      </header>
      {message.replyToMessageId !== undefined && (
        <ReplyReference message={message} repliedTo={props.repliedTo} actions={actions} />
      )}
      <MessageBody content={message.content} messageId={message.messageId} isWhole={props.isWhole} />
      {props.footer}
    </article>
  );
}

function MessageRoute({ message, actions }: { message: MessageRecord; actions: MessageActions }) {
  const openInstance = (id: string) => (id.includes("@") ? actions.openInstance : undefined);
  return (
    <h2 class="message-route">
      <InstanceName id={message.from} onOpen={openInstance(message.from)} />
      {message.fromRole !== undefined && <RoleBadge role={message.fromRole} />}
      <span class="message-arrow">
        <Icon of={ArrowRight} size={13} />
        <span class="visually-hidden">to</span>
      </span>
      {message.topicName === undefined ? (
        <InstanceName id={message.to} onOpen={openInstance(message.to)} />
      ) : (
        <TopicName name={message.topicName} onOpen={actions.openTopic} />
      )}
      {message.role !== undefined && <RoleBadge role={message.role} />}
    </h2>
  );
}

function TopicName({ name, onOpen }: { name: string; onOpen: ((name: string) => void) | undefined }) {
  if (onOpen === undefined) return <b class="topic-name">#{name}</b>;
  return (
    <button type="button" class="topic-name instance-name" onClick={() => onOpen(name)}>
      <b>#{name}</b>
    </button>
  );
}

function ReplyReference(props: Pick<MessageCardProps, "message" | "repliedTo"> & { actions: MessageActions }) {
  const { message, repliedTo, actions } = props;
  const text = repliedTo && firstLine(repliedTo.content, EXCERPT_MAX_LENGTH);
  const content = (
    <>
      <Icon of={CornerUpLeft} size={13} />
      <span class="visually-hidden">answers </span>
      {repliedTo === undefined ? "an earlier message" : <InstanceName id={repliedTo.from} />}
      {text !== undefined && <span class="ellipsis">{text}</span>}
    </>
  );
  if (actions.openThread === undefined) return <p class="message-reply">{content}</p>;
  return (
    <button type="button" class="message-reply" onClick={() => actions.openThread?.(message)}>
      {content}
    </button>
  );
}

function MessageTools({ message, actions }: { message: MessageRecord; actions: MessageActions }) {
  const { reply, openThread, inspect, showInContext } = actions;
  return (
    <div class="message-tools">
      {reply && <IconButton size="small" icon={Reply} label="Reply" shortcut="r" onClick={() => reply(message)} />}
      {openThread && (
        <IconButton
          size="small"
          icon={MessagesSquare}
          label="Open thread"
          shortcut="t"
          onClick={() => openThread(message)}
        />
      )}
      {showInContext && (
        <IconButton
          size="small"
          icon={ScanText}
          label="Show in context"
          shortcut="x"
          onClick={() => showInContext(message)}
        />
      )}
      {inspect && (
        <IconButton size="small" icon={Info} label="All fields" shortcut="i" onClick={() => inspect(message)} />
      )}
      <Menu
        label="More for this message"
        align="end"
        trigger={(props) => <IconButton size="small" icon={EllipsisVertical} label="More" {...props} />}
        items={[
          { label: "Copy text", icon: Copy, shortcut: "c", run: () => void copy(message.content, "The text") },
          {
            label: "Copy link",
            icon: Copy,
            run: () => void copy(location.origin + contextHref(message.messageId), "The link"),
          },
          { label: "Copy id", icon: Copy, run: () => void copy(message.messageId, "The id") },
          { label: "Copy sender", icon: Copy, run: () => void copy(message.from, "The sender's id") },
        ]}
      />
    </div>
  );
}

function actOnKey(event: KeyboardEvent, message: MessageRecord, actions: MessageActions): void {
  // In a button or a link of the card, a key is that one's.
  if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isSequenceKey(event)) return;
  const act = { r: actions.reply, t: actions.openThread, i: actions.inspect, x: actions.showInContext, c: copyContent }[
    event.key
  ];
  if (act === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  act(message);
}

function copyContent(message: MessageRecord): void {
  void copy(message.content, "The text");
}

async function copy(text: string, what: string): Promise<void> {
  if (await copyText(text)) toast(`${what} is copied`, { tone: "good" });
  else toast("The browser refused to copy: select the text and copy it", { tone: "bad" });
}
