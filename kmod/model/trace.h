/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM dvr

#if !defined(_DVR_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _DVR_TRACE_H

#include <linux/tracepoint.h>

#include "model/port.h"
#include "model/router.h"


TRACE_EVENT(dvr_drop,

	TP_PROTO(const struct sk_buff *skb, const struct dvr_router *router,
		 const struct dvr_port *port, enum dvr_drop reason),

	TP_ARGS(skb, router, port, reason),

	TP_STRUCT__entry(
		__field(const void *, skbaddr)
		__field(u32, len)
		__field(u16, protocol)
		__field(u8, reason)
		__string(name, dvr_drop_descs[reason].name)
		__string(router, router ? router->named.name : "-")
		__string(port, port ? port->named.name : "-")
	),

	TP_fast_assign(
		__entry->skbaddr = skb;
		__entry->len = skb ? skb->len : 0;
		__entry->protocol = skb ? be16_to_cpu(skb->protocol) : 0;
		__entry->reason = reason;
		dvr_assign_str(name, dvr_drop_descs[reason].name);
		dvr_assign_str(router, router ? router->named.name : "-");
		dvr_assign_str(port, port ? port->named.name : "-");
	),

	TP_printk("skbaddr=%p len=%u protocol=%#06x reason=%s router=%s port=%s",
		  __entry->skbaddr, __entry->len, __entry->protocol,
		  __get_str(name), __get_str(router), __get_str(port))
);

#endif /* _DVR_TRACE_H */

#undef TRACE_INCLUDE_PATH
/* relative to kmod/, which is in the include path */
#define TRACE_INCLUDE_PATH model
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace

#include <trace/define_trace.h>
