export default function GraphPage() {
  return (
    <main>
      <h1>Graph</h1>
    </main>
  );
}
