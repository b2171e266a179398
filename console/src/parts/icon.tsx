// icon.tsx - the pictures of this console, as lines in a square of 24.
const shapes = {
  inbox: 'M3 13h5l1.5 3h5L16 13h5M5 5h14l2 8v6H3v-6z',
  request: 'M6 3h9l4 4v14H6zM14 3v5h5M9 13h7M9 17h5',
  plus: 'M12 5v14M5 12h14',
  overview: 'M4 13h6V4H4zM14 20h6V4h-6zM4 20h6v-4H4z',
  queue: 'M4 6h16M4 12h16M4 18h10',
  job: 'M12 3v4M12 17v4M3 12h4M17 12h4M12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6M5.6 5.6l2.9 2.9M15.5 15.5l2.9 2.9M18.4 5.6l-2.9 2.9M8.5 15.5l-2.9 2.9',
  dead: 'M12 3 2.5 20h19zM12 10v5M12 17.5v.5',
  clock: 'M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16M12 8v4l3 2',
  topic: 'M4 12h5l3-7 3 14 2-7h3',
  policy: 'M12 4v4M12 8H6v4M12 8h6v4M4 12h4v4H4zM16 12h4v4h-4zM10 2h4v3h-4zM6 16v4M18 16v4',
  people:
    'M9 5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7M2.5 20c.5-4 3-6 6.5-6s6 2 6.5 6M16 6a3 3 0 0 1 0 6M17.500 14.500c2.500.5 3.800 2.500 4 5.500',
  calendar: 'M4 6h16v14H4zM4 10h16M8 3v5M16 3v5',
  audit: 'M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM9 12l2.200 2.200L15.500 10',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M13 5v4M7 15v4',
  search: 'M10.500 4a6.500 6.500 0 1 1 0 13 6.500 6.500 0 0 1 0-13M15.500 15.500 20 20',
  bell: 'M6 17V11a6 6 0 0 1 12 0v6l1.500 2h-15zM10 21h4',
  check: 'M5 12.500l4.500 4.500L19 7',
  cross: 'M6 6l12 12M18 6 6 18',
  back: 'M10 6l-6 6 6 6M4 12h10a6 6 0 0 1 6 6',
  right: 'M9 5l7 7-7 7',
  left: 'M15 5l-7 7 7 7',
  up: 'M5 15l7-7 7 7',
  down: 'M5 9l7 7 7-7',
  pause: 'M8 5v14M16 5v14',
  play: 'M7 5l12 7-12 7z',
  send: 'M4 12 20 4l-5 16-4-6zM11 14l9-10',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  person: 'M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8M4 20.500c.7-4 3.700-6 8-6s7.300 2 8 6',
  moon: 'M19 14.500A8 8 0 0 1 9.500 5a8 8 0 1 0 9.500 9.500z',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  trash: 'M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13M10 11v5M14 11v5',
  ask: 'M4 5h16v11H9l-4 4zM12 13v.01M10.300 8.200A1.800 1.800 0 1 1 12 10.500',
  out: 'M10 4H5v16h5M15 8l4 4-4 4M19 12H9',
  refresh: 'M19 8a8 8 0 1 0 1 5M20 4v5h-5',
} as const;

export type IconName = keyof typeof shapes;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
      <path d={shapes[name]} />
    </svg>
  );
}
