export default function ConversationsPage() {
  return (
    <main>
      <h1>Conversations</h1>
    </main>
  );
}
