import { useModels } from "../../models/models.ts";

export function SignInPage() {
  const { session } = useModels();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const key = new FormData(event.currentTarget as HTMLFormElement).get("key");
    void session.signIn(String(key).trim());
  };
  return (
    <main>
      <h1>cc2cc</h1>
      <form onSubmit={submit}>
        <label>
          Key <input name="key" type="password" autocomplete="current-password" required />
        </label>
        <button type="submit">Sign in</button>
        {session.failure.value !== null && <p role="alert">{session.failure.value.text}</p>}
      </form>
    </main>
  );
}
