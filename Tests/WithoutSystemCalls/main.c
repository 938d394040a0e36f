// Starts a program on a system that lacks something.
// Usage: WithoutSystemCalls memory|locks|links|exchange PROGRAM [ARGUMENT...]
//   memory  nobody may read another process's memory, as in many containers
//   locks   no file can be locked, as on some network file systems
//   links   no symbolic link can be made, as on some network file systems
//   exchange  no two folders can change places in one step, as on most network file systems
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// What is refused, and with which error.
struct lack {
  const char *name;
  unsigned int first, second, error;
};

static const struct lack lacks[] = {
    {"memory", SYS_process_vm_readv, SYS_process_vm_writev, EPERM},
    {"locks", SYS_flock, SYS_flock, ENOLCK},
#ifdef SYS_symlink
    {"links", SYS_symlink, SYS_symlinkat, EPERM},
#else
    {"links", SYS_symlinkat, SYS_symlinkat, EPERM},
#endif
    {"exchange", SYS_renameat2, SYS_renameat2, EINVAL},
};

int main(int count, char **arguments) {
  const struct lack *lack = NULL;
  for (size_t i = 0; count > 2 && i < sizeof lacks / sizeof *lacks; i++)
    if (strcmp(lacks[i].name, arguments[1]) == 0) lack = &lacks[i];
  if (!lack) return 64;
  struct sock_filter rules[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, lack->first, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, lack->second, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | lack->error),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog filter = {sizeof rules / sizeof *rules, rules};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    perror("no filter of system calls here");
    return 69;
  }
  execv(arguments[2], arguments + 2);
  perror(arguments[2]);
  return 127;
}
