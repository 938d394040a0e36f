// Starts a program on a system that lacks something.
// Usage: WithoutSystemCalls memory|locks|links|exchange|foldersync PROGRAM [ARGUMENT...]
//   memory  nobody may read another process's memory, as in many containers
//   locks   no file can be locked, as on some network file systems
//   links   no symbolic link can be made, as on some network file systems
//   exchange  no two folders can change places in one step, as on most network file systems
//   foldersync  no folder can be brought to disk, as on some network file systems; files can
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// What is refused, and with which error.
struct lack {
  const char *name;
  unsigned int first, second, error;
  // Whether only folders are meant, which a filter cannot tell: it asks the process that started it.
  int folders;
};

static const struct lack lacks[] = {
    {"memory", SYS_process_vm_readv, SYS_process_vm_writev, EPERM, 0},
    {"locks", SYS_flock, SYS_flock, ENOLCK, 0},
#ifdef SYS_symlink
    {"links", SYS_symlink, SYS_symlinkat, EPERM, 0},
#else
    {"links", SYS_symlinkat, SYS_symlinkat, EPERM, 0},
#endif
    {"exchange", SYS_renameat2, SYS_renameat2, EINVAL, 0},
    {"foldersync", SYS_fsync, SYS_fdatasync, EINVAL, 1},
};

static int fail(const char *what, int code) {
  perror(what);
  return code;
}

// Filters this process's calls; returns what asks about them, or 0 where nothing does, or -1.
static int filter(const struct lack *lack) {
  struct sock_filter rules[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, lack->first, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, lack->second, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, lack->folders ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ERRNO | lack->error),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof rules / sizeof *rules, rules};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
  return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, lack->folders ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0,
                      &program);
}

// Sends a descriptor, or with -1 receives one.
static int pass(int socket, int descriptor) {
  char byte = 0;
  struct iovec data = {&byte, 1};
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control;
  memset(&control, 0, sizeof control);
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  if (descriptor < 0) {
    struct cmsghdr *header;
    if (recvmsg(socket, &message, 0) != 1 || !(header = CMSG_FIRSTHDR(&message))) return -1;
    memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
    return descriptor;
  }
  control.header = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))};
  memcpy(CMSG_DATA(&control.header), &descriptor, sizeof descriptor);
  return sendmsg(socket, &message, 0) == 1 ? 0 : -1;
}

// Answers for every call whether it is about a folder, until the program has ended.
static void answer(int listener, unsigned int error) {
  for (;;) {
    struct seccomp_notif question;
    memset(&question, 0, sizeof question);
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &question) != 0) {
      if (errno == EINTR) continue;
      return;
    }
    char path[64];
    struct stat status;
    snprintf(path, sizeof path, "/proc/%u/fd/%d", question.pid, (int)question.data.args[0]);
    int isFolder = stat(path, &status) == 0 && S_ISDIR(status.st_mode);
    struct seccomp_notif_resp response = {.id = question.id,
                                          .error = isFolder ? -(int)error : 0,
                                          .flags = isFolder ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
  }
}

// Starts the program below a process that answers; returns the program's exit code.
static int watch(const struct lack *lack, char **arguments) {
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) return fail("socketpair", 71);
  pid_t program = fork();
  if (program == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int listener = filter(lack);
    if (listener < 0) _exit(fail("no filter of system calls here", 69));
    if (pass(sockets[1], listener) != 0) _exit(fail("sendmsg", 71));
    close(listener);
    execv(arguments[0], arguments);
    _exit(fail(arguments[0], 127));
  }
  close(sockets[1]);
  int listener = pass(sockets[0], -1);
  if (listener >= 0) answer(listener, lack->error);
  int status = 0;
  waitpid(program, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int count, char **arguments) {
  const struct lack *lack = NULL;
  for (size_t i = 0; count > 2 && i < sizeof lacks / sizeof *lacks; i++)
    if (strcmp(lacks[i].name, arguments[1]) == 0) lack = &lacks[i];
  if (!lack) return 64;
  if (lack->folders) return watch(lack, arguments + 2);
  if (filter(lack) != 0) return fail("no filter of system calls here", 69);
  execv(arguments[2], arguments + 2);
  return fail(arguments[2], 127);
}
