import { useModel, useSignal } from "@preact/signals";
import { CircleCheck, KeyRound } from "lucide";
import { type ComponentType, Fragment } from "preact";
import { useEffect, useId } from "preact/hooks";
import { type Join, JoinModel, KEY_PLACEHOLDER } from "../models/join.ts";
import { useModels } from "../models/models.ts";
import { Button } from "./button.tsx";
import { CopyButton } from "./copy-button.tsx";
import { Icon } from "./icon.tsx";
import { InstanceName } from "./instance-name.tsx";
import type { QrCode } from "./qr-code.tsx";
import "./join-command.css";

/** The exact command that joins another machine to this hub, with a key for it on demand; says who came, as they come. */
export function JoinCommand() {
  const { hub, instances, session } = useModels();
  const join = useModel(() => new JoinModel(hub, instances));
  useEffect(() => void join.load(), [join]);
  const command = join.command.value;
  const short = join.short.value;
  const byNode = join.byNode.value;
  return (
    <section class="join-command" aria-label="Join from another machine">
      <p>Where cc2cc is installed; it asks for the key:</p>
      {short !== null && <CommandText command={short} what="short command" />}
      <p>Elsewhere, with Node 20.12; it asks for the key, too, and sets up the coding agents that it finds:</p>
      {byNode !== null && <CommandText command={byNode} what="command for Node" />}
      <p>
        Or, for Claude Code alone. After any of these, start <code>claude</code>, or the agent that you use:
      </p>
      {command !== null && <CommandText command={command} what="command" />}
      {command !== null && <KeyPart join={join} isAdmin={session.isAdmin.value} />}
      {join.failure.value !== null && (
        <p class="field-error" role="alert">
          {join.failure.value}
        </p>
      )}
      {command !== null && <CommandQr command={command} />}
      <Arrivals ids={join.joined.value} />
    </section>
  );
}

function CommandText({ command, what }: { command: string; what: string }) {
  return (
    <div class="join-text">
      <code>
        {command.split(" ").map((word, index) => (
          <Fragment key={index}>
            {index > 0 && " "}
            <span class="join-word">{word}</span>
          </Fragment>
        ))}
      </code>
      <CopyButton text={command} what={what} hasLabel variant="primary" />
    </div>
  );
}

function KeyPart({ join, isAdmin }: { join: Join; isAdmin: boolean }) {
  const id = useId();
  const name = useSignal("");
  if (join.keyName.value !== null) {
    return (
      <p class="join-note">
        The key <b>{join.keyName.value}</b> is in the command, and is shown this once. It can be taken back under Keys.
      </p>
    );
  }
  const whereItIs = (
    <p class="join-note">
      For <code>{KEY_PLACEHOLDER}</code> put a key of this hub: the one it made lies in <code>~/.cc2cc/key</code> on its
      machine.
    </p>
  );
  if (!isAdmin) return whereItIs;
  return (
    <>
      {whereItIs}
      <form
        class="join-mint"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.value.trim() !== "") void join.mint(name.value.trim());
        }}
      >
        <label for={id}>Or make one for that machine:</label>
        <input
          id={id}
          class="input"
          required
          maxLength={64}
          autocomplete="off"
          placeholder="its name"
          value={name.value}
          onInput={(event) => {
            name.value = event.currentTarget.value;
          }}
        />
        <Button type="submit" icon={KeyRound} isBusy={join.isMinting.value}>
          Make key
        </Button>
      </form>
    </>
  );
}

/** In a chunk of its own: most visits never see it. */
function CommandQr({ command }: { command: string }) {
  const drawing = useSignal<{ draw: ComponentType<Parameters<typeof QrCode>[0]> } | undefined>(undefined);
  useEffect(() => {
    void import("./qr-code.tsx").then(({ QrCode: draw }) => {
      drawing.value = { draw };
    });
  }, []);
  const Qr = drawing.value?.draw;
  return <div class="join-qr">{Qr && <Qr text={command} label="The command as a QR code" />}</div>;
}

function Arrivals({ ids }: { ids: readonly string[] }) {
  return (
    <div class="join-arrivals" role="status">
      {ids.length === 0 ? (
        <p class="join-waiting">Waiting for a session to join …</p>
      ) : (
        ids.map((id) => (
          <p key={id} class="join-arrived">
            <Icon of={CircleCheck} /> <InstanceName id={id} /> has joined
          </p>
        ))
      )}
    </div>
  );
}
