import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { joinCommand, joinEnvironment } from "../../../../shared/join-command.ts";
import type { NewKey } from "../../../../shared/keys.ts";
import type { JoinInfo } from "../../../../shared/rest.ts";
import { Button } from "../../components/button.tsx";
import { CopyButton } from "../../components/copy-button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { useModels } from "../../models/models.ts";

/** Shows a key this once, and how to use it. */
export function NewKeyDialog({ made, onClose }: { made: NewKey | undefined; onClose(): void }) {
  return (
    <Dialog
      title={made === undefined ? "" : `The key ${made.name}`}
      isOpen={made !== undefined}
      onClose={onClose}
      size="wide"
      role="alertdialog"
      footer={
        <Button variant="primary" onClick={onClose}>
          I have it
        </Button>
      }
    >
      {made && <NewKeyText made={made} />}
    </Dialog>
  );
}

function NewKeyText({ made }: { made: NewKey }) {
  const { hub } = useModels();
  const hubUrl = useSignal(location.origin);
  useEffect(() => {
    // Without an answer the address of this page is the best guess.
    hub.rest.get<JoinInfo>("/api/join").then(
      (join) => {
        hubUrl.value = join.hubUrl;
      },
      () => undefined,
    );
  }, [hub]);
  return (
    <>
      <p>Copy it now: the hub keeps only what it needs to know it again, and nothing can show it a second time.</p>
      <Secret what="key" text={made.key} />
      {made.scope === "observer" ? (
        <p class="quiet">Whoever has it signs in at {hubUrl.value} and watches.</p>
      ) : made.scope === "approver" ? (
        <p class="quiet">
          Whoever has it signs in at {hubUrl.value} and answers approvals. Give it to no session: that could approve
          what others do.
        </p>
      ) : (
        <>
          <p>To join a machine with Claude Code, run there:</p>
          <Secret what="command" text={joinCommand(hubUrl.value, made.key)} />
          <p>For a client that reads its environment:</p>
          <Secret what="settings" text={joinEnvironment(hubUrl.value, made.key)} />
        </>
      )}
    </>
  );
}

function Secret({ what, text }: { what: string; text: string }) {
  return (
    <div class="keys-secret">
      <code>{text}</code>
      <CopyButton what={what} text={text} />
    </div>
  );
}
