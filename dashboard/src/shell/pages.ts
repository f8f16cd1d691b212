import {
  CalendarClock,
  ChartColumn,
  Hash,
  Inbox,
  KeyRound,
  ListTodo,
  MailX,
  MessageCircleQuestionMark,
  MessagesSquare,
  Waypoints,
} from "lucide";

/** The pages in the order of the navigation. */
export const PAGES = [
  { href: "/", title: "Command Center", icon: Inbox },
  { href: "/inbox", title: "Inbox", icon: MessageCircleQuestionMark },
  { href: "/conversations", title: "Conversations", icon: MessagesSquare },
  { href: "/tasks", title: "Tasks", icon: ListTodo },
  { href: "/schedules", title: "Schedules", icon: CalendarClock },
  { href: "/topics", title: "Topics", icon: Hash },
  { href: "/analytics", title: "Analytics", icon: ChartColumn },
  { href: "/graph", title: "Graph", icon: Waypoints },
  { href: "/dead-letters", title: "Dead letters", icon: MailX },
  { href: "/keys", title: "Keys", icon: KeyRound },
] as const;
