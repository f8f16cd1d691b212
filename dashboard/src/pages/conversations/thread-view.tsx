import { useSignal } from "@preact/signals";
import { ArrowLeft, Copy, Download, Link } from "lucide";
import { useEffect, useRef } from "preact/hooks";
import { downloadText } from "../../adapter/download.ts";
import { Button, IconButton } from "../../components/button.tsx";
import { copyWithToast } from "../../components/copy-with-toast.ts";
import { DayDivider } from "../../components/day-divider.tsx";
import { Icon } from "../../components/icon.tsx";
import { ListState } from "../../components/list-state.tsx";
import { Menu } from "../../components/menu.tsx";
import { MessageCard } from "../../components/message-card.tsx";
import { isSequenceKey } from "../../components/shortcuts.ts";
import { useSeen } from "../../components/use-seen.ts";
import { absoluteHref, instanceHref, threadHref, topicHref } from "../../links.ts";
import { firstLine } from "../../models/first-line.ts";
import type { StoredMessage } from "../../models/message-store.ts";
import { useModels } from "../../models/models.ts";
import type { OpenThread } from "../../models/thread.ts";
import { exportJsonLines, exportMarkdown } from "../../models/thread-export.ts";
import type { ThreadRow } from "../../models/thread-tree.ts";
import { ReplyForm } from "./reply-form.tsx";

export function ThreadView({ thread }: { thread: OpenThread }) {
  const rows = thread.rows.value;
  const replying = useSignal<string | undefined>(undefined);
  return (
    <div class="thread">
      <ListState loading={thread.loading.value} isEmpty={rows.length === 0} empty={null}>
        <ThreadHeader thread={thread} />
        <ThreadRows
          rows={rows}
          replying={replying.value}
          onReply={(messageId) => {
            replying.value = messageId;
          }}
        />
        {thread.isTruncated.value && (
          <p class="thread-note quiet">The newest of this conversation are left out: it has more than can be shown.</p>
        )}
      </ListState>
    </div>
  );
}

function ThreadHeader({ thread }: { thread: OpenThread }) {
  const { url } = useModels();
  const rows = thread.rows.value;
  const messages = rows.flatMap(({ message, members }) => members ?? message);
  const root = rows[0]?.message;
  if (root === undefined) return null;
  const back = new URLSearchParams(url.search.value);
  back.delete("thread");
  back.delete("message");
  const save = (extension: string, mediaType: string, write: (messages: StoredMessage[]) => string) => () =>
    downloadText(`thread-${root.messageId.slice(-8)}.${extension}`, mediaType, write(messages));
  return (
    <header class="thread-header">
      <a class="split-back" href={`/conversations?${back}`} aria-label="All conversations">
        <Icon of={ArrowLeft} />
      </a>
      <h2>{firstLine(root.content)}</h2>
      <span class="quiet nowrap" role="status">
        {messages.length === 1 ? "One message" : `${messages.length} messages`}
      </span>
      <IconButton
        size="small"
        icon={Link}
        label="Copy link"
        onClick={() => void copyWithToast(absoluteHref(threadHref(url.param("thread").peek())), "The link")}
      />
      <Menu
        label="Save this conversation"
        align="end"
        trigger={(props) => (
          <Button size="small" icon={Download} {...props}>
            Save
          </Button>
        )}
        items={[
          { label: "As Markdown", run: save("md", "text/markdown", exportMarkdown) },
          {
            label: "Copy Markdown",
            icon: Copy,
            run: () => void copyWithToast(exportMarkdown(messages), "The conversation"),
          },
          { label: "As JSON lines", run: save("jsonl", "application/x-ndjson", exportJsonLines) },
        ]}
      />
    </header>
  );
}

interface RowsProps {
  rows: readonly ThreadRow<StoredMessage>[];
  replying: string | undefined;
  onReply(messageId: string | undefined): void;
}

function ThreadRows({ rows, replying, onReply }: RowsProps) {
  const { url } = useModels();
  const list = useRef<HTMLOListElement>(null);
  const wanted = url.param("thread").value;
  const isRoot = rows[0]?.message.messageId === wanted;
  useEffect(() => {
    // A thread that was opened by one of its messages begins there.
    if (!isRoot) list.current?.querySelector("[data-highlighted]")?.scrollIntoView({ block: "center" });
  }, [wanted, isRoot, rows.length > 0]);
  return (
    <ol class="thread-rows" ref={list} onKeyDown={moveBetweenMessages}>
      {rows.map((row, index) => (
        <Row
          key={row.message.messageId}
          row={row}
          previous={rows[index - 1]?.message}
          isAlone={rows.length === 1}
          isHighlighted={!isRoot && (row.members ?? [row.message]).some(({ messageId }) => messageId === wanted)}
          isReplying={replying === row.message.messageId}
          onReply={onReply}
        />
      ))}
    </ol>
  );
}

interface RowProps {
  row: ThreadRow<StoredMessage>;
  /** The one above, which may be later: the tree goes before the time. */
  previous: StoredMessage | undefined;
  isAlone: boolean;
  isHighlighted: boolean;
  isReplying: boolean;
  onReply(messageId: string | undefined): void;
}

function Row({ row, previous, isAlone, isHighlighted, isReplying, onReply }: RowProps) {
  const models = useModels();
  const { url, outbox, session } = models;
  const { message, indent, depth, answers, members } = row;
  const element = useRef<HTMLLIElement>(null);
  useSeen(element, members?.find(({ to }) => to === outbox.sender.value) ?? message, models);
  // Nobody stands behind `dashboard`: what came by REST cannot be answered.
  const canReply = session.canSend.value && message.from.includes("@");
  const actions = {
    inspect: ({ messageId }: StoredMessage) => url.set({ message: messageId }, "push"),
    openInstance: (id: string) => url.navigate(instanceHref(id)),
    openTopic: (name: string) => url.navigate(topicHref(name)),
    ...(canReply && { reply: ({ messageId }: StoredMessage) => onReply(messageId) }),
  };
  return (
    <li
      ref={element}
      class="thread-row"
      style={{ "--indent": indent }}
      data-follows={(depth > 0 && answers === undefined) || undefined}
    >
      <DayDivider message={message} previous={previous} />
      <MessageCard
        message={message}
        isWhole={isAlone}
        isOwn={message.from === outbox.sender.value}
        copies={members}
        isHighlighted={isHighlighted}
        repliedTo={answers}
        actions={actions}
        footer={isReplying && <ReplyForm message={message} onDone={() => onReply(undefined)} />}
      />
    </li>
  );
}

function moveBetweenMessages(event: KeyboardEvent): void {
  const by = { j: 1, k: -1 }[event.key];
  const card = event.target instanceof HTMLElement && event.target.matches(".message-card") ? event.target : null;
  if (by === undefined || card === null || isSequenceKey(event) || event.ctrlKey || event.metaKey || event.altKey)
    return;
  const cards = [...(card.closest("ol")?.querySelectorAll<HTMLElement>(".message-card") ?? [])];
  const next = cards[cards.indexOf(card) + by];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}
