import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import type { NewKey, Scope } from "../../../../shared/keys.ts";
import { KEY_NAME_MAX_LENGTH } from "../../../../shared/limits.ts";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import type { Keys } from "../../models/keys.ts";
import { wordsOf } from "../../models/refresher.ts";

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
  const id = useId();
  const name = useSignal("");
  const scope = useSignal<Scope>("member");
  const pattern = useSignal("");
  const isBusy = useSignal(false);
  const refusal = useSignal<string | undefined>(undefined);
  const isPatternWrong = pattern.value.trim() !== "" && !PATTERN.test(pattern.value.trim());
  const submit = async (event: Event) => {
    event.preventDefault();
    isBusy.value = true;
    refusal.value = undefined;
    try {
      const wanted = scope.peek() === "admin" ? "" : pattern.peek().trim();
      onMade(
        await model.mint({ name: name.peek().trim(), scope: scope.peek(), ...(wanted !== "" && { pattern: wanted }) }),
      );
    } catch (error) {
      refusal.value = wordsOf(error);
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <form class="keys-form" onSubmit={(event) => void submit(event)}>
      <div class="field">
        <label for={`${id}-name`}>Name</label>
        <input
          id={`${id}-name`}
          class="input"
          data-autofocus
          required
          autocomplete="off"
          maxLength={KEY_NAME_MAX_LENGTH}
          placeholder="ana's laptop"
          value={name.value}
          onInput={(event) => {
            name.value = event.currentTarget.value;
          }}
        />
      </div>
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
        <div class="field">
          <label for={`${id}-pattern`}>Only for instances like (optional)</label>
          <input
            id={`${id}-pattern`}
            class="input mono"
            autocomplete="off"
            spellcheck={false}
            placeholder="ana@*"
            aria-invalid={isPatternWrong}
            aria-describedby={`${id}-hint`}
            value={pattern.value}
            onInput={(event) => {
              pattern.value = event.currentTarget.value;
            }}
          />
          <p id={`${id}-hint`} class={isPatternWrong ? "field-error" : "field-hint"}>
            {isPatternWrong
              ? "This can match nobody: write it like user@host:project, with * for any text."
              : "user@host:project, * for any text. The key then speaks for these and for nobody else."}
          </p>
        </div>
      )}
      {refusal.value !== undefined && (
        <p class="field-error" role="alert">
          {refusal.value}
        </p>
      )}
      <div class="confirm-buttons">
        <Button
          type="submit"
          variant="primary"
          isBusy={isBusy.value}
          disabled={name.value.trim() === "" || isPatternWrong}
        >
          Make key
        </Button>
      </div>
    </form>
  );
}
