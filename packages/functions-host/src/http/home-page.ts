/** What `GET /` shows when no function matches it (specification 3.3). */
export const homePage = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Your Functions app is up and running</title></head>
<body><h1>Your Functions app is up and running</h1></body></html>
`;
