export default function TopicsPage() {
  return (
    <main>
      <h1>Topics</h1>
    </main>
  );
}
