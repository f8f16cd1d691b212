import { ArrowRight, Copy, CornerUpLeft, EllipsisVertical, Info, Link, MessagesSquare, Reply, ScanText } from "lucide";
import type { ComponentChildren } from "preact";
import type { MessageRecord } from "../../../shared/history.ts";
import { absoluteHref, threadHref } from "../links.ts";
import { isFannedOut, isRoleCopy } from "../models/fan-out-groups.ts";
import { firstLine } from "../models/first-line.ts";
import { RoleBadge, Tag, TypeBadge } from "./badge.tsx";
import { IconButton } from "./button.tsx";
import { ClockTime } from "./clock-time.tsx";
import { copyWithToast } from "./copy-with-toast.ts";
import { DeliveryState } from "./delivery-state.tsx";
import { FanOutPart } from "./fan-out-part.tsx";
import { Icon } from "./icon.tsx";
import { InstanceName } from "./instance-name.tsx";
import { Menu } from "./menu.tsx";
import { MessageBody } from "./message-body.tsx";
import { isSequenceKey } from "./shortcuts.ts";
import "./message-card.css";

/** More than a line of a wide screen. */
const EXCERPT_MAX_LENGTH = 300;

/** What can be done with a message; what is left out is not offered. */
export interface MessageActions {
  reply?(message: MessageRecord): void;
  openThread?(message: MessageRecord): void;
  /** Shows it with what was said round it. */
  showInContext?(message: MessageRecord): void;
  /** Where a link to it leads; its thread, if that is not said. */
  hrefOf?(messageId: string): string;
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
  /** Of a message for a role, those of its recipients that belong on this card, this one among them. */
  copies?: readonly MessageRecord[] | undefined;
  /** In the place of the delivery state, for what the hub does not have yet. */
  status?: ComponentChildren;
  /** Below the text, such as why sending failed. */
  footer?: ComponentChildren;
}

/** A message in full. With the focus on it, `r` replies, `t` opens its thread, `x` shows what was said round it, `i` shows all fields and `c` copies its text. */
export function MessageCard(props: MessageCardProps) {
  const { message, actions = {}, copies } = props;
  const isForSeveral = copies !== undefined || isRoleCopy(message) || isFannedOut(message);
  const to = copies === undefined ? message.to : `role:${message.role}`;
  return (
    <article
      class="message-card"
      data-type={message.type}
      data-own={props.isOwn || undefined}
      data-highlighted={props.isHighlighted || undefined}
      aria-label={`${message.type} from ${message.from} to ${to}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: its keys work where the focus is
      tabIndex={0}
      onKeyDown={(event) => actOnKey(event, message, actions)}
    >
      <header class="message-header">
        <TypeBadge type={message.type} />
        <MessageRoute message={message} actions={actions} isForRole={copies !== undefined} />
        <ClockTime at={message.timestamp} class="message-time" />
        {props.status ?? (copies === undefined && <DeliveryState message={message} />)}
        <MessageTools message={message} actions={actions} />
      </header>
      {message.replyToMessageId !== undefined && (
        <ReplyReference message={message} repliedTo={props.repliedTo} actions={actions} />
      )}
      <MessageBody content={message.content} messageId={message.messageId} isWhole={props.isWhole} />
      {isForSeveral && props.status === undefined && (
        <FanOutPart message={message} copies={copies ?? [message]} openInstance={actions.openInstance} />
      )}
      {props.footer}
    </article>
  );
}

function MessageRoute(props: { message: MessageRecord; actions: MessageActions; isForRole: boolean }) {
  const { message, actions } = props;
  const openInstance = (id: string) => (id.includes("@") ? actions.openInstance : undefined);
  return (
    <h2 class="message-route">
      <InstanceName id={message.from} role={message.fromRole} hasMark onOpen={openInstance(message.from)} />
      <span class="message-arrow">
        <Icon of={ArrowRight} size={13} />
        <span class="visually-hidden">to</span>
      </span>
      {props.isForRole ? (
        <>
          <span class="quiet nowrap">everyone with</span>
          {message.role !== undefined && <RoleBadge role={message.role} />}
        </>
      ) : message.topicName === undefined ? (
        <InstanceName id={message.to} role={message.role} onOpen={openInstance(message.to)} />
      ) : (
        <TopicName name={message.topicName} onOpen={actions.openTopic} />
      )}
      <ScheduleTag name={message.metadata?.schedule} />
    </h2>
  );
}

/** SC4: which schedule sent it, as its metadata says; whoever writes a message may say so, too. */
function ScheduleTag({ name }: { name: unknown }) {
  if (typeof name !== "string" || name === "") return null;
  return <Tag title="Says that this schedule sent it">{name}</Tag>;
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
  const { reply, openThread, inspect, showInContext, hrefOf = threadHref } = actions;
  const tools = [
    [reply, Reply, "Reply", "r"],
    [openThread, MessagesSquare, "Open thread", "t"],
    [showInContext, ScanText, "Show in context", "x"],
    [inspect, Info, "All fields", "i"],
  ] as const;
  return (
    <div class="message-tools">
      {tools.map(
        ([act, icon, label, shortcut]) =>
          act && (
            <IconButton
              key={label}
              size="small"
              icon={icon}
              label={label}
              shortcut={shortcut}
              onClick={() => act(message)}
            />
          ),
      )}
      <Menu
        label="More for this message"
        align="end"
        trigger={(props) => <IconButton size="small" icon={EllipsisVertical} label="More" {...props} />}
        items={[
          { label: "Copy text", icon: Copy, shortcut: "c", run: () => void copyWithToast(message.content, "The text") },
          {
            label: "Copy link",
            icon: Link,
            run: () => void copyWithToast(absoluteHref(hrefOf(message.messageId)), "The link"),
          },
          { label: "Copy id", icon: Copy, run: () => void copyWithToast(message.messageId, "The id") },
          { label: "Copy sender", icon: Copy, run: () => void copyWithToast(message.from, "The sender's id") },
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
  void copyWithToast(message.content, "The text");
}
