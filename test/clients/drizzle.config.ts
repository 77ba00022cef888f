import { defineConfig } from 'drizzle-kit';

export default defineConfig({
	dialect: 'postgresql',
	schemaFilter: ['lead'],
	dbCredentials: { url: process.env.DATABASE_URL! },
	out: './drizzle',
});
