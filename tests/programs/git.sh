# SPDX-License-Identifier: MIT
# Debian's git: a history with branches, a merge with a conflict, packing, a local clone, push, a hook, worktrees.
#binary git
#linux
export PATH=/bin:/usr/bin LC_ALL=C HOME=/tmp/home GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_DATE='2020-01-02T03:04:05Z' GIT_COMMITTER_DATE='2020-01-02T03:04:05Z'
mkdir -p $HOME; cd $HOME
git config --global user.name Someone; git config --global user.email someone@example.org
git config --global init.defaultBranch main; git config --global advice.detachedHead false
git init -q one; cd one
seq 1 200 > numbers; mkdir -p a/b; echo deep > a/b/c; ln -s numbers link; printf '#!/bin/sh\necho run\n' > tool; chmod +x tool
git add -A; git commit -qm 'The first'; git log --format='%H %s'; git ls-files -s
git checkout -qb side; sed -i 's/^50$/fifty/' numbers; git commit -qam 'Fifty'; git mv a/b/c a/moved; git commit -qm 'Moved'
git checkout -q main; sed -i 's/^50$/FIFTY/' numbers; git commit -qam 'Loud'
git merge side >/dev/null || git diff --name-only --diff-filter=U
sed -i '/^<<<</d; /^====/,/^>>>>/d' numbers; git commit -qam 'Merged'; git log --oneline --graph | cat
git diff HEAD~1 --stat | cat; git show --stat --format=%s HEAD~1 | cat; git blame -s numbers | sed -n 50p
for i in $(seq 1 30); do echo $i > file$i; git add file$i; git commit -qm "Number $i"; done
git rev-list --count HEAD; git gc -q; git count-objects -v | grep -v size; git fsck --full 2>&1 | grep -v dangling
git tag -a v1 -m tagged; git describe; git stash list; echo changed >> numbers; git stash -q; git stash pop -q; git status --short; git checkout -q numbers
git bisect start -q HEAD HEAD~20 >/dev/null; git bisect run sh -c '[ ! -e file17 ]' | grep 'first bad'; git bisect reset -q
cd ..; git clone -q one two; cd two; git log -1 --format=%H; git remote -v | head -1; echo more > more; git add more; git commit -qm More
git clone -q --bare ../one ../bare.git; git push -q ../bare.git main 2>&1; git -C ../bare.git log -1 --format=%s
git clone -q --no-local ../one ../three; git -C ../three fsck; git -C ../three rev-parse HEAD~5
git worktree add -q ../tree v1; git -C ../tree status --short --branch | head -2
printf '#!/bin/sh\necho hook ran >&2; exit 1\n' > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit; git commit --allow-empty -qm no 2>&1; echo $?
git format-patch -q -1; git am -q 2>&1 < /dev/null; git archive HEAD | tar -t | wc -l; git grep -c FIFTY; git cat-file -p HEAD^{tree} | head -3
git rebase -q HEAD~3 && git cherry-pick --allow-empty HEAD >/dev/null 2>&1; git reflog | wc -l
