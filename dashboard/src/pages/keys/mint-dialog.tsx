import { useSignal } from "@preact/signals";
import type { NewKey, Scope } from "../../../../shared/keys.ts";
import { KEY_NAME_MAX_LENGTH } from "../../../../shared/limits.ts";
import { Dialog } from "../../components/dialog.tsx";
import { DialogForm } from "../../components/dialog-form.tsx";
import { bound, TextField } from "../../components/text-field.tsx";
import type { Keys } from "../../models/keys.ts";

const SCOPES: readonly { scope: Scope; words: string }[] = [
  { scope: "member", words: "Member: connects sessions, sends, keeps topics" },
  { scope: "observer", words: "Observer: reads and watches, sends nothing" },
  { scope: "approver", words: "Approver: a person who answers approvals in the Inbox, and a member besides" },
  { scope: "admin", words: "Admin: everything, keys and others' queues too" },
];

/** The same rule as the hub's, to say what is wrong while it is typed. */
const PATTERN = /^(?=.*[@:*])[A-Za-z0-9._@:*-]+$/;

/** `onClose` gets the key that was made, or nothing when none was. */
export function MintDialog(props: { model: Keys; isOpen: boolean; onClose(made: NewKey | undefined): void }) {
  return (
    <Dialog title="New key" isOpen={props.isOpen} onClose={() => props.onClose(undefined)}>
      <MintForm model={props.model} onMade={props.onClose} />
    </Dialog>
  );
}

function MintForm({ model, onMade }: { model: Keys; onMade(made: NewKey): void }) {
  const name = useSignal("");
  const scope = useSignal<Scope>("member");
  const pattern = useSignal("");
  const isPatternWrong = pattern.value.trim() !== "" && !PATTERN.test(pattern.value.trim());
  const submit = async () => {
    const wanted = scope.peek() === "admin" ? "" : pattern.peek().trim();
    onMade(
      await model.mint({ name: name.peek().trim(), scope: scope.peek(), ...(wanted !== "" && { pattern: wanted }) }),
    );
  };
  return (
    <DialogForm submit={submit} action="Make key" isBlocked={name.value.trim() === "" || isPatternWrong}>
      <TextField
        label="Name"
        {...bound(name)}
        max={KEY_NAME_MAX_LENGTH}
        placeholder="ana's laptop"
        isRequired
        hasFocus
      />
      <fieldset class="keys-scopes">
        <legend class="field-label">Scope</legend>
        {SCOPES.map(({ scope: value, words }) => (
          <label key={value}>
            <input
              type="radio"
              name="scope"
              checked={scope.value === value}
              onChange={() => {
                scope.value = value;
              }}
            />
            {words}
          </label>
        ))}
      </fieldset>
      {scope.value !== "admin" && (
        <TextField
          label="Only for instances like (optional)"
          {...bound(pattern)}
          placeholder="ana@*"
          hint="user@host:project, * for any text. The key then speaks for these and for nobody else."
          error={
            isPatternWrong ? "This can match nobody: write it like user@host:project, with * for any text." : undefined
          }
          isCode
        />
      )}
    </DialogForm>
  );
}
