// Posts the same body to a URL, one after the other, and tells how many a second.
const { URL_TO_POST = '', POSTS = '1' } = process.env;

async function main(): Promise<void> {
  const count = Number(POSTS);
  const body = JSON.stringify({ type: 'certificate.revoked', data: { padding: 'x'.repeat(200) } });
  const headers = { 'content-type': 'application/json' };
  const post = async () => {
    const answer = await fetch(URL_TO_POST, { method: 'POST', headers, body });
    await answer.arrayBuffer();
  };
  await post();
  const startedAt = performance.now();
  for (let i = 0; i < count; i++) await post();
  console.log(JSON.stringify({ perSecond: (count * 1_000) / (performance.now() - startedAt) }));
}

void main();
