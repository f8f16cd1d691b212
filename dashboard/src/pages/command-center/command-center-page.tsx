export default function CommandCenterPage() {
  return (
    <main>
      <h1>Command Center</h1>
    </main>
  );
}
