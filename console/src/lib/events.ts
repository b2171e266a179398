// events.ts - server-sent events out of bytes that arrive in any pieces.
export interface Event {
  type: string;
  id: string;
  data: string;
}

/** Takes what has arrived; gives whole events and keeps the rest. */
export class EventReader {
  private rest = '';
  retryMs = 3000;
  lastId = '';

  take(text: string): Event[] {
    this.rest += text.replace(/\r\n?/g, '\n');
    const blocks = this.rest.split('\n\n');
    this.rest = blocks.pop()!;
    return blocks.map((b) => this.read(b)).filter((e) => e !== null);
  }

  private read(block: string): Event | null {
    const data: string[] = [];
    let type = 'message';
    for (const line of block.split('\n')) {
      const [, field, value] = /^(\w*):? ?(.*)$/.exec(line) ?? [];
      if (field === 'data') data.push(value!);
      else if (field === 'event') type = value!;
      else if (field === 'id') this.lastId = value!;
      else if (field === 'retry' && /^\d+$/.test(value!)) this.retryMs = Number(value);
    }
    return data.length || type !== 'message' ? { type, id: this.lastId, data: data.join('\n') } : null;
  }
}
