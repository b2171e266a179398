// company.mjs - a small company for stories of rules: departments, posts, people, a group.
import assert from 'node:assert/strict';

export async function company(server) {
  const put = async (path, body) => {
    const r = await server.json('PUT', path, body);
    assert.ok(r.status < 300, `${path}: ${r.text}`);
  };
  await put('/v1/departments/SALES', { name: '営業部' });
  await put('/v1/departments/SALES-E', { name: '東日本営業課', parent: 'SALES' });
  await put('/v1/posts/director', { name: '部長', rank: 3 });
  for (const [id, name] of [['sato', '佐藤 花子'], ['suzuki', '鈴木 一郎'], ['mori', '森 直子']])
    await put(`/v1/people/${id}`, { name, zone: 'Asia/Tokyo', email: `${id}@example.com`,
      appointments: [{ department: id === 'suzuki' ? 'SALES-E' : 'SALES', post: 'director', main: true }] });
  await put('/v1/departments/SALES', { head: 'sato' });
  await put('/v1/people-groups/legal', { title: '法務', members: ['mori'] });
}
