# Short names for the npm scripts and for Docker; the recipes are the documentation.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help docker-up docker-down logs dev-hub dev-dashboard dev-redis checkall fmt lint typecheck test install-hooks check-secrets

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

docker-up: ## build the container and start it; returns when the hub is well
	docker compose up --build --detach --wait

docker-down: ## stop the container; its data stays in its volume
	docker compose down

logs: ## what the container's hub says, as it says it
	docker compose logs --follow

dev-hub: node_modules ## the hub alone, reloading as you edit
	npm run dev -- hub

dev-dashboard: node_modules ## the dashboard alone, reloading as you edit
	npm run dev -- dashboard

dev-redis: ## what cc2cc 0.3 needed
	@echo "cc2cc needs no Redis: the hub keeps its data itself, in CC2CC_DATA_DIR."

checkall: fmt lint typecheck test ## format, lint, types, tests, in this order

fmt: node_modules ## format all files
	npm run fmt

lint: node_modules ## lint all files
	npm run lint

typecheck: node_modules ## check the types
	npm run typecheck

test: node_modules ## run all tests
	npm test

install-hooks: ## have git run the hooks of .githooks
	node scripts/install-hooks.mjs

check-secrets: node_modules ## look for keys in what git tracks
	npm run check:secrets

node_modules: package-lock.json
	npm ci
	@touch node_modules
