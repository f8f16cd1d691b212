import { LogIn } from "lucide";
import { useEffect, useId, useRef } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { pageTitle } from "../../components/page-title.ts";
import { ThemeSwitch } from "../../components/theme-switch.tsx";
import { useModels } from "../../models/models.ts";
import "./sign-in-page.css";

/** Asks for a key. The key goes to the hub and nowhere else: the session that it opens lives in a cookie no script can read. */
export function SignInPage() {
  const { session } = useModels();
  const state = session.state.value;
  const reason = state.kind === "signed-out" ? state.reason : null;
  return (
    <main class="sign-in">
      <div class="sign-in-card card">
        <header>
          <h1>cc2cc</h1>
          <ThemeSwitch />
        </header>
        <p class="quiet">Coding agents that work together.</p>
        {reason !== null && (
          <p class="sign-in-reason" role="status">
            {reason}
          </p>
        )}
        <SignInForm />
        <p class="field-hint">
          On the hub's machine <code>npm run link</code>, or <code>cc2cc link</code>, prints a link that signs you in;
          so does the hub when it starts. Its key lies there in <code>~/.cc2cc/key</code>; keys of others are minted on
          the Keys page.
        </p>
      </div>
    </main>
  );
}

function SignInForm() {
  const { session } = useModels();
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const failure = session.failure.value;
  useEffect(() => {
    pageTitle.value = "Sign in";
    field.current?.focus();
  }, []);
  useEffect(() => {
    if (failure !== null) field.current?.select();
  }, [failure]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const key = field.current?.value.trim() ?? "";
    if (key !== "") void session.signIn(key);
  };
  return (
    <form class="sign-in-form" onSubmit={submit}>
      {/* A password manager files a password under a name. */}
      <input
        class="visually-hidden"
        name="username"
        autocomplete="username"
        value="cc2cc"
        readOnly
        tabIndex={-1}
        aria-hidden="true"
      />
      <div class="field">
        <label for={id}>Key</label>
        <input
          id={id}
          ref={field}
          class="input mono"
          name="password"
          type="password"
          autocomplete="current-password"
          required
          aria-invalid={failure !== null}
          aria-describedby={failure === null ? undefined : `${id}-error`}
        />
      </div>
      <p id={`${id}-error`} class="field-error" role="alert">
        {failure?.text}
      </p>
      <Button type="submit" variant="primary" icon={LogIn} isBusy={session.isBusy.value}>
        Sign in
      </Button>
    </form>
  );
}
