export default function DeadLettersPage() {
  return (
    <main>
      <h1>Dead letters</h1>
    </main>
  );
}
