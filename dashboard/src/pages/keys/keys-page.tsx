export default function KeysPage() {
  return (
    <main>
      <h1>Keys</h1>
    </main>
  );
}
